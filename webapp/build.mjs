// The scripts of the pages, one for each that is live, and what they share. Into the folder that the server serves.

import { build } from "esbuild";

await build({
  entryPoints: ["review", "library", "devices", "settings"].map((page) => `src/${page}.ts`),
  outdir: "../lossy/web/static/app",
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "linked",
  logLevel: "warning",
});
