/** Log out at a proxy that answers with HTML: read_html.ts URL NAME PASSWORD PROXY. */

import { logOut } from "./rollbook/index.ts";
import { Login } from "./session.ts";

const [url = "", username = "", password = "", proxy = ""] = process.argv.slice(2);
const { tokens } = await Login.withPassword(url, username, password);
const { client } = new Login(proxy, tokens);
await logOut({ client }).catch((error: Error) => console.log(error.message.split(" ").at(-1)));
