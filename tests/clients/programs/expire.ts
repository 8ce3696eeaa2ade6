/** Continue after the access token has expired: expire.ts URL NAME PASSWORD. */

import { getMe } from "./rollbook/index.ts";
import { Login } from "./session.ts";

const [url = "", username = "", password = ""] = process.argv.slice(2);
const login = await Login.withPassword(url, username, password);
login.tokens.access_token = "expired";
const [me, again] = await Promise.all([
  getMe({ client: login.client, throwOnError: true }),
  getMe({ client: login.client, throwOnError: true }),
]);
console.log(me.data.username === again.data.username ? me.data.username : "");
console.log(login.tokens.access_token === "expired" ? "expired" : "refreshed");
