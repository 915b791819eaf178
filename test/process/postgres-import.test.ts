import { test } from 'vitest'
import { borrowDatabase } from '../support/databases.ts'
import { bringHistory } from '../support/imported-history.ts'
import { tempFolder } from '../support/temp.ts'

test('herald import brings history into a new Postgres', async () => {
  await bringHistory({ DATA_DIR: tempFolder(), DATABASE_URL: await borrowDatabase() })
})
