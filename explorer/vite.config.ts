import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: '/explorer/',
  worker: { format: 'es' },
  build: {
    outDir: fileURLToPath(new URL('../dist/explorer', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // Monaco alone is over the limit of 500 kB; the page is served from the same host, mostly the same machine.
    chunkSizeWarningLimit: 8_000,
    reportCompressedSize: false,
    // React's `use client` marks in GraphiQL's parts mean nothing in a page without a server; each would print a warning.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
})
