// The scripts of the pages, one for each that is live, and what they share. Into the folder that the server serves.

import { rmSync } from "node:fs";
import { build } from "esbuild";

const outdir = "../lossy/web/static/app";

rmSync(outdir, { recursive: true, force: true }); // what is shared is named by its content
await build({
  entryPoints: ["review", "library", "devices", "settings"].map((page) => `src/${page}.ts`),
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "linked",
  logLevel: "warning",
});
