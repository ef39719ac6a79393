// Builds extension/dist and build/lossy-extension.zip: `node build.mjs`. Plain esbuild; the content script is a pass of its
// own, because a content script cannot be a module.

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { zipped } from "./zip.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const OUT = `${HERE}dist`;
const MODULES = `${HERE}node_modules/`;
const PAGES = ["panel.tsx", "popup.tsx", "options.tsx", "privacy.tsx", "permission.tsx"];

// One runtime serves the voice detector and Whisper: both ask for their own entry point, and get the one with WebGPU.
const ONE_RUNTIME = {
  name: "one-onnxruntime",
  setup(build) {
    build.onResolve({ filter: /^onnxruntime-(web|common)(\/.*)?$/ }, (asked) => {
      if (asked.pluginData === "resolved") return undefined;
      const path = asked.path.startsWith("onnxruntime-common") ? "onnxruntime-common" : "onnxruntime-web/webgpu";
      return build.resolve(path, { kind: asked.kind, resolveDir: HERE, pluginData: "resolved" });
    });
  },
};

// A store takes no extension that could load code from elsewhere, and transformers.js would: from a CDN and a hub. The
// build fails where its source has changed so that there is nothing to take out.
const REMOTE = [/https:\/\/cdn\.jsdelivr\.net\//g, /https:\/\/huggingface\.co\//g];
const NO_REMOTE = {
  name: "no-remote-code",
  setup(build) {
    build.onLoad({ filter: /@huggingface\/transformers\/dist\/transformers\.web\.js$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      for (const address of REMOTE)
        if (!source.match(address))
          return { errors: [{ text: `${address} is not there any more: look where it went` }] };
      return { contents: REMOTE.reduce((text, address) => text.replaceAll(address, "/removed/"), source) };
    });
  },
};

const COMMON = {
  absWorkingDir: HERE,
  outdir: OUT,
  bundle: true,
  target: "chrome124",
  minify: true,
  legalComments: "none",
  jsx: "automatic",
  jsxImportSource: "preact",
  define: { "process.env.NODE_ENV": '"production"' },
  loader: { ".woff2": "file" },
  assetNames: "assets/[name]",
  logLevel: "warning",
};

rmSync(OUT, { recursive: true, force: true });
mkdirSync(`${OUT}/ort`, { recursive: true });
mkdirSync(`${HERE}build`, { recursive: true });
mkdirSync(`${OUT}/vad`, { recursive: true });
cpSync(`${HERE}public`, OUT, { recursive: true });

await esbuild.build({
  ...COMMON,
  entryPoints: [
    "src/worker.ts",
    { in: "src/offscreen/main.ts", out: "offscreen" },
    { in: "src/recogniser/worker.ts", out: "recogniser" },
    ...PAGES.map((name) => `src/${name}`),
  ].map((entry) => (typeof entry === "string" ? { in: entry, out: entry.replace(/^src\/|\.tsx?$/g, "") } : entry)),
  format: "esm",
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  conditions: ["onnxruntime-web-use-extern-wasm"],
  plugins: [ONE_RUNTIME, NO_REMOTE],
});
// The content script has the text of its style sheets, for a shadow root; those of the pages above become files.
await esbuild.build({
  ...COMMON,
  loader: { ".css": "text" },
  entryPoints: [
    { in: "src/content.ts", out: "content" },
    { in: "src/hear/worklet.ts", out: "worklet" },
  ],
  format: "iife",
});

for (const name of ["ort-wasm-simd-threaded.asyncify.mjs", "ort-wasm-simd-threaded.asyncify.wasm"])
  cpSync(`${MODULES}onnxruntime-web/dist/${name}`, `${OUT}/ort/${name}`);
cpSync(`${MODULES}@ricky0123/vad-web/dist/silero_vad_v5.onnx`, `${OUT}/vad/silero_vad_v5.onnx`);
cpSync(`${HERE}generated/platform_adapters.json`, `${OUT}/platform_adapters.json`);

const { version } = JSON.parse(readFileSync(`${OUT}/manifest.json`, "utf8"));
writeFileSync(`${HERE}build/lossy-extension.zip`, zipped(OUT));
process.stdout.write(`extension ${version}: dist/ and build/lossy-extension.zip\n`);
