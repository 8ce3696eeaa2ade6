/** Import a page of an export after the token has expired: import_page.ts URL NAME PASSWORD. */

import { exportUsers, importUsers } from "./rollbook/index.ts";
import type { ImportedUser } from "./rollbook/index.ts";
import { Login } from "./session.ts";

const [url = "", username = "", password = ""] = process.argv.slice(2);
const { client, tokens } = await Login.withPassword(url, username, password);
const { data: page } = await exportUsers({ client, query: { limit: 10 }, throwOnError: true });
tokens.access_token = "expired";
const lines = (await page.text()).split("\n").filter((line) => line);
const body = lines.map((line): ImportedUser => JSON.parse(line));
const { data: result } = await importUsers({ client, body, throwOnError: true });
console.log("created", result.created, "rejected", result.rejected);
