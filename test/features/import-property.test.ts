import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { newEnvironment } from '../support/environment.ts'
import { AGENT, ALL, CUSTOMERS, expectedOf, randomFile } from '../support/import-model.ts'
import { askAs, importAll } from '../support/imports.ts'
import { createRandom } from '../support/random.ts'

test.each([1, 2, 3, 4, 5, 6])(
  'whatever is imported, in parts and again, is what is answered afterwards (%i)',
  async (seed) => {
    const random = createRandom(seed)
    const lines = randomFile(random, 30 + random.int(120))
    const env = await newEnvironment()
    // A file that grows.
    for (const part of [random.int(lines.length), random.int(lines.length), lines.length]) {
      await importAll(env, lines.slice(0, part))
    }
    const app = await startTestApp({ env })
    for (const userId of [...CUSTOMERS, AGENT]) {
      const answer = await askAs(app, [userId, userId === AGENT ? 'agent' : 'customer'], ALL)
      expect(answer).toEqual(expectedOf(lines, userId))
    }
  },
)
