// Writes src/api/schema.d.ts and src/api/routes.ts from the OpenAPI document on standard input:
//   companion openapi | npm run api -- [FOLDER]
import { mkdir, writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import openapiTS, { astToString } from "openapi-typescript";

const folder = process.argv[2] ?? new URL("../src/api", import.meta.url).pathname;
const document = JSON.parse(await text(process.stdin));
const head = "// Made from the daemon's OpenAPI document by scripts/api.mjs. Do not edit.\n";

const types = astToString(await openapiTS(document, { alphabetize: true }));

const rows = [];
for (const [path, methods] of Object.entries(document.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    if (!operation["x-scope"]) continue; // the server's own routes are no actions
    const more = operation["x-confirm"] ? ", true" : "";
    rows.push(`  "${operation.operationId}": ["${method.toUpperCase()}", "${path}", "${operation["x-scope"]}"${more}],`);
  }
}
const routes = `${head}
import type { Route } from "./client";

/** Every action: method, path, scope, and whether a person is asked first. */
export const routes = {
${rows.sort().join("\n")}
} as const satisfies Record<string, Route>;
`;

await mkdir(folder, { recursive: true });
await writeFile(`${folder}/schema.d.ts`, head + types);
await writeFile(`${folder}/routes.ts`, routes);
