import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { answer } from './backend.mjs'

export default defineConfig({
  // The kit is a folder beside this one, which must use the React and the Apollo Client of this page.
  resolve: { dedupe: ['react', 'react-dom', 'graphql', '@apollo/client'] },
  plugins: [
    react(),
    // In production your own backend answers what backend.mjs does.
    { name: 'backend', configureServer: ({ middlewares }) => void middlewares.use(answer) },
  ],
})
