export { signTestToken, TEST_SECRET } from './app.ts'
