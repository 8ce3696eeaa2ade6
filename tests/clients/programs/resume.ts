/** Continue with stored tokens until the login has ended: resume.ts URL NAME PASSWORD. */

import { getMe, logOut } from "./rollbook/index.ts";
import type { Problem, Tokens } from "./rollbook/index.ts";
import { Login } from "./session.ts";

const stored: string[] = [];
const store = (tokens: Tokens): void => void stored.push(JSON.stringify(tokens));
const read = (): Tokens => JSON.parse(stored.at(-1) ?? "");

const [url = "", username = "", password = ""] = process.argv.slice(2);
await Login.withPassword(url, username, password, store);
const login = new Login(url, read(), store);
await login.refresh();
const again = new Login(url, read());
const { data: me } = await getMe({ client: again.client, throwOnError: true });
console.log(me.username, stored.length);
await logOut({ client: login.client, throwOnError: true });
again.tokens.access_token = "expired";
await getMe({ client: again.client }).catch((problem: Problem) => console.log(problem.error));
