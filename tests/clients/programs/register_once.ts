/** Register a user through a connection that loses the response: register_once.ts URL NAME [KEY]. */

import { register } from "./rollbook/index.ts";
import { connect } from "./session.ts";

const [url = "", username = "", key] = process.argv.slice(2);
const body = { username, email: `${username}@example.org`, password: "correct horse battery" };
const headers = key ? { "Idempotency-Key": key } : {};
const { data } = await register({ client: connect(url), body, headers, throwOnError: true });
if ("message" in data) throw new Error(data.message);
console.log(data.username);
