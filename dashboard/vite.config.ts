// Builds the dashboard into the Python package; in development and in tests it answers the API from fixtures.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { compressed } from "./build/compressed";
import { fixtures } from "./fixtures/plugin";

const out = fileURLToPath(new URL("../src/manycast/api/static", import.meta.url));
/** A running control role to develop against, such as http://localhost:8080, instead of the fixtures. */
const real = process.env["MANYCAST_CONTROL"];

// oxlint-disable-next-line import/no-default-export -- what Vite reads
export default defineConfig({
  plugins: [real === undefined ? fixtures() : [], compressed()],
  server: real === undefined ? {} : { proxy: { "/api": { target: real, changeOrigin: true } } },
  build: {
    outDir: out,
    emptyOutDir: true,
    assetsInlineLimit: 0, // data: fonts and scripts are what the content policy forbids
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
