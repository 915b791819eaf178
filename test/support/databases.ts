import { inject, onTestFinished } from 'vitest'
import { makeDatabase, type TestDatabase } from './postgres-databases.ts'

const free: TestDatabase[] = []

/**
 * The URL of an empty Postgres database for one test. Making one takes a tenth of a second, so one serves the tests of a worker
 * one after the other: close what is connected to it when the test is over. What is deleted still takes room there, so a test that looks at how a
 * query is run needs one of its own (`prepareStorage`).
 */
export async function borrowDatabase(): Promise<string> {
  const database = free.pop() ?? (await makeDatabase(inject('postgres')))
  onTestFinished(async () => {
    await database.empty()
    free.push(database)
  })
  return database.url
}
