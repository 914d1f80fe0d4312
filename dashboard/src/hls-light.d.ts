// hls.js ships no types for its light build; what we use of it is the same.
declare module "hls.js/light" {
  export * from "hls.js";
  export { default } from "hls.js";
}
