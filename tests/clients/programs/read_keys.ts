/** Read the public keys six times: read_keys.ts URL. */

import { getKeys } from "./rollbook/index.ts";
import { connect } from "./session.ts";

const client = connect(process.argv[2] ?? "");
for (let number = 0; number < 6; number++) {
  await getKeys({ client, throwOnError: true });
  console.log("read");
}
