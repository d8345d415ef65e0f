import vue from "@vitejs/plugin-vue";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { guide } from "./guide.ts";

const hub = process.env["OKNO_HUB"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/desk/",
  plugins: [vue(), guide()],
  resolve: { alias: { "@": fileURLToPath(new URL("src", import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  build: {
    outDir: "../static",
    emptyOutDir: true,
    // The desk's Content-Security-Policy allows images from data: but fonts, styles and scripts only from the hub.
    assetsInlineLimit: 0,
    // Preloading makes loading sooner and nothing else: browsers without it need no polyfill.
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": { target: hub, ws: true } } },
  test: { environment: "happy-dom", include: ["tests/**/*.test.ts"] },
});
