// Builds the browser side into ../src/onhand/web/static/dist: content-hashed files and manifest.json (logical name → file).
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile, readdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const target = path.join(here, "..", "src", "onhand", "web", "static", "dist");

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });

const result = await build({
  absWorkingDir: here,
  entryPoints: { main: "src/main.ts", style: "styles/main.css" },
  outdir: target,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  // Our browsers read nesting, layers and light-dark() themselves.
  sourcemap: "linked",
  legalComments: "linked",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".svg": "file" },
  metafile: true,
  logLevel: "warning",
});

const manifest = {};
for (const [output, { entryPoint }] of Object.entries(result.metafile.outputs)) {
  // What is loaded late is an entry of its own, which main.js knows by itself.
  if (entryPoint === "styles/main.css") manifest["main.css"] = path.basename(output);
  if (entryPoint === "src/main.ts") manifest["main.js"] = path.basename(output);
}

for (const name of await readdir(path.join(here, "art"))) {
  const bytes = await readFile(path.join(here, "art", name));
  const { name: stem, ext } = path.parse(name);
  const hashed = `${stem}-${createHash("sha256").update(bytes).digest("hex").slice(0, 8).toUpperCase()}${ext}`;
  await writeFile(path.join(target, hashed), bytes);
  manifest[name] = hashed;
}

await writeFile(path.join(target, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
