import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { answer } from './backend.mjs'

export default defineConfig({
  plugins: [
    react(),
    // In production your own backend answers what backend.mjs does.
    { name: 'backend', configureServer: ({ middlewares }) => void middlewares.use(answer) },
  ],
})
