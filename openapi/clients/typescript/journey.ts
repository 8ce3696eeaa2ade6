/** A journey through the API: node journey.ts URL ADMINISTRATOR PASSWORD. */

import { deleteMe, deleteUser, exportUsers, getMe, importUsers } from "./rollbook/index.ts";
import { listUsers, logOut, register, updateMe } from "./rollbook/index.ts";
import type { ExportedUser, ExportUsersData, ImportedUser, User } from "./rollbook/index.ts";
import { connect, Login } from "./session.ts";

const password = "correct horse battery staple";

/** Register a user. Sent again with the same key, the request is not executed again. */
async function registerUser(url: string, username: string): Promise<User> {
  const body = { username, email: `${username}@example.org`, password };
  const headers = { "Idempotency-Key": crypto.randomUUID() };
  const { data } = await register({ client: connect(url), body, headers, throwOnError: true });
  if ("message" in data) throw new Error(data.message); // the operator requires confirmed addresses
  return data;
}

async function registerTakenName(url: string, username: string): Promise<void> {
  const body = { username, email: `${username}@example.org`, password };
  const { error } = await register({ client: connect(url), body });
  if (error?.error === "username_taken") console.log(`choose another name than ${username}`);
  else if (error) throw new Error(error.detail);
}

/** Change the account, then try it again with the ETag of the version before the change. */
async function changeDisplayName({ client }: Login, name: string): Promise<void> {
  const { response } = await getMe({ client, throwOnError: true });
  const headers = { "If-Match": response.headers.get("ETag") ?? "" };
  const body = { display_name: name };
  const { data: me } = await updateMe({ client, body, headers, throwOnError: true });
  console.log(`changed the display name to ${me.display_name}`);
  const { error } = await updateMe({ client, body, headers });
  if (error?.status === 412) console.log("the account has changed since it was read");
  else if (error) throw new Error(error.detail);
}

async function* listAllUsers({ client }: Login): AsyncGenerator<User> {
  let cursor: string | null | undefined;
  do {
    const query = cursor ? { limit: 2, cursor } : { limit: 2 };
    const { data: page } = await listUsers({ client, query, throwOnError: true });
    yield* page.items;
    cursor = page.next;
  } while (cursor);
}

/** Import two users per request, and return how many accounts were created. */
async function importInChunks({ client }: Login, rows: ImportedUser[]): Promise<number> {
  let created = 0;
  for (let start = 0; start < rows.length; start += 2) {
    const body = rows.slice(start, start + 2);
    const headers = { "Idempotency-Key": crypto.randomUUID() };
    const { data } = await importUsers({ client, body, headers, throwOnError: true });
    created += data.created;
  }
  return created;
}

/** Export the users of a source, two per request. */
async function* exportAllUsers({ client }: Login, source: string): AsyncGenerator<ExportedUser> {
  let cursor: string | null = null;
  do {
    const query: ExportUsersData["query"] = { limit: 2, external_source: source };
    if (cursor) query.cursor = cursor;
    const { data, response } = await exportUsers({ client, query, throwOnError: true });
    const lines = (await data.text()).split("\n").filter((line) => line);
    yield* lines.map((line): ExportedUser => JSON.parse(line));
    cursor = response.headers.get("X-Next-Cursor");
  } while (cursor);
}

async function useOwnAccount(url: string, username: string): Promise<void> {
  console.log(`registered ${(await registerUser(url, username)).username}`);
  await registerTakenName(url, username);
  const login = await Login.withPassword(url, username, password);
  await changeDisplayName(login, "Ada Lovelace");
  await login.refresh();
  const { data: me } = await getMe({ client: login.client, throwOnError: true });
  console.log(`refreshed the tokens of ${me.username}`);
  await deleteMe({ client: login.client, throwOnError: true });
}

async function moveUsers(login: Login, source: string): Promise<void> {
  const rows = [1, 2, 3].map((number) => ({
    email: `${source}-${number}@example.org`,
    external_source: source,
    external_id: `${number}`,
  }));
  console.log(`imported ${await importInChunks(login, rows)} users`);
  const exported = await Array.fromAsync(exportAllUsers(login, source));
  console.log(`exported ${exported.length} users`);
  console.log(`listed ${(await Array.fromAsync(listAllUsers(login))).length} users`);
  for (const user of exported)
    await deleteUser({ client: login.client, path: { user_id: user.id }, throwOnError: true });
  await logOut({ client: login.client, throwOnError: true });
  console.log("logged out");
}

const [url = "", administrator = "", passwordOfAdministrator = ""] = process.argv.slice(2);
const mark = crypto.randomUUID().slice(0, 8);
await useOwnAccount(url, `ada-${mark}`);
const login = await Login.withPassword(url, administrator, passwordOfAdministrator);
await moveUsers(login, `journey-${mark}`);
