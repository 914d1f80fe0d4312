// Builds the viewers' pages into the Python package: hashed assets, and HTML that names them.
import { build } from "esbuild";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "src", "manycast", "runtime", "pages", "static");
const PAGES = ["index", "watch"];
const PRELOADED = "src/lowlatency.ts"; // the watch page's usual player: fetched beside the page's script, not after it

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: ["src/index.ts", "src/watch.ts", "src/style.css"],
  outdir: join(out, "assets"),
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["chrome109", "firefox115", "safari16.4"],
  minify: true,
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
});

const outputs = Object.entries(metafile.outputs);
const asset = (source) => {
  const [path] = outputs.find(([, output]) => output.entryPoint === source) ?? [];
  if (path === undefined) throw new Error(`the build made nothing of ${source}`);
  return `/assets/${basename(path)}`;
};

/** What an entry point imports at once: named in the page, or each would be a round trip after the one before. */
const imported = (source) =>
  outputs
    .filter(([, output]) => output.entryPoint === source)
    .flatMap(([, output]) => output.imports.filter(({ kind }) => kind === "import-statement"))
    .map(({ path }) => `/assets/${basename(path)}`);
const preloads = (page) =>
  [...new Set([asset(PRELOADED), ...imported(PRELOADED), ...imported(`src/${page}.ts`)])]
    .map((path) => `<link rel="modulepreload" href="${path}" />`)
    .join("\n    ");

for (const page of PAGES) {
  const html = await readFile(join(here, "src", `${page}.html`), "utf8");
  await writeFile(
    join(out, `${page}.html`),
    html
      .replace("{{style}}", asset("src/style.css"))
      .replace("{{script}}", asset(`src/${page}.ts`))
      .replace("{{preloads}}", () => preloads(page)),
  );
}
