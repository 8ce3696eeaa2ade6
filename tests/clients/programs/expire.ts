/** Continue after the access token has expired: expire.ts URL NAME PASSWORD. */

import { getMe } from "./rollbook/index.ts";
import { Session } from "./session.ts";

const [url = "", username = "", password = ""] = process.argv.slice(2);
const session = await Session.logIn(url, username, password);
session.tokens.access_token = "expired";
const [me, again] = await Promise.all([
  getMe({ client: session.client, throwOnError: true }),
  getMe({ client: session.client, throwOnError: true }),
]);
console.log(me.data.username === again.data.username ? me.data.username : "");
console.log(session.tokens.access_token === "expired" ? "expired" : "refreshed");
