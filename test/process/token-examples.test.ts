import { execFile, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { startTestApp, TEST_SECRET } from '../support/app.ts'
import { post } from '../support/process.ts'

const FOLDER = resolve(import.meta.dirname, '../../examples/tokens')
const run = promisify(execFile)

/** Each example: what runs it, and how to see that this is here. */
const EXAMPLES = [
  ['token.sh', ['sh'], ['openssl', 'version']],
  ['token.mjs', [process.execPath], [process.execPath, '--version']],
  ['token.py', ['python3'], ['python3', '--version']],
  ['token.php', ['php'], ['php', '--version']],
  ['token.rb', ['ruby'], ['ruby', '--version']],
  ['token.go', ['go', 'run'], ['go', 'version']],
] as const

function isHere([, , [tool, how]]: (typeof EXAMPLES)[number]): boolean {
  return spawnSync(tool, [how]).status === 0
}

test('the signers of the documentation are all known here', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(EXAMPLES.map(([file]) => file).sort())
  const missing = EXAMPLES.filter((example) => !isHere(example)).map(([file]) => file)
  if (missing.length > 0) process.stderr.write(`Signers that are not tried on this machine: ${missing.join(', ')}\n`)
})

test.for(EXAMPLES.filter(isHere))(
  '%s signs a token that Herald takes',
  { timeout: 300_000 },
  async ([file, [program, ...args]]) => {
    const app = await startTestApp()
    const env = { ...process.env, JWT_SECRET: TEST_SECRET }
    const sign = async () => (await run(program, [...args, resolve(FOLDER, file), 'zoë'], { env })).stdout.trim()
    const [token, another] = [await sign(), await sign()]
    const { me } = await post(app.url, token, '{ me { id role name } }')
    expect(me).toEqual({ id: 'zoë', role: 'CUSTOMER', name: 'Alice' })
    const { iat = 0, exp = 0, jti } = decodeJwt(token)
    expect(exp - iat).toBe(600)
    expect(jti).not.toBe(decodeJwt(another).jti)
  },
)
