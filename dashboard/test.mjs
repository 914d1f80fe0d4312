// Runs test/*.test.ts with node's own runner: built first, because the oldest Node we accept does not read TypeScript.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "node_modules", ".cache", "test");
const tests = readdirSync(join(here, "test")).filter((name) => /\.test\.tsx?$/.test(name));

await build({
  root: here,
  configFile: false,
  logLevel: "warn",
  build: {
    ssr: true,
    outDir: out,
    emptyOutDir: true,
    minify: false,
    rolldownOptions: {
      input: tests.map((name) => join(here, "test", name)),
      output: { entryFileNames: "[name].mjs" },
    },
  },
});
const built = tests.map((name) => join(out, name.replace(/\.tsx?$/, ".mjs")));
const { status } = spawnSync(process.execPath, ["--test", "--test-reporter=dot", ...built], { stdio: "inherit" });
process.exit(status ?? 1);
