import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const folder = (path: string) => new URL(path, import.meta.url).pathname;
const API_URL = 'http://127.0.0.1:8003';

export default defineConfig({
  root: folder('.'),
  plugins: [react(), tailwindcss()],
  resolve: { alias: [{ find: /^#contracts\//, replacement: folder('../src/contracts/') }] },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': API_URL, '/v1': API_URL },
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // Fonts and pictures stay files: a data: address would need a wider content security policy.
    assetsInlineLimit: 0,
    target: 'es2024',
  },
});
