/// <reference types="vite/client" />

declare module "virtual:guide/*" {
  import type { GuidePage } from "./shell/guide";

  const pages: GuidePage[];
  export default pages;
}
