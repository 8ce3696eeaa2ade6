// Options of @hey-api/openapi-ts; docs/clients.md shows the command.
export default {
  output: {
    path: "rollbook",
    module: { extension: ".ts" }, // Node.js runs the files as they are
  },
  plugins: ["@hey-api/client-fetch", "@hey-api/typescript", "@hey-api/sdk"],
};
