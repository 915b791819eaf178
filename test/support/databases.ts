import { afterAll, inject, onTestFinished } from 'vitest'
import { makeDatabase, type TestDatabase } from './postgres-databases.ts'

const free: TestDatabase[] = []

afterAll(async () => {
  for (const { drop } of free.splice(0)) await drop()
})

/**
 * The URL of an empty Postgres database for one test. Making one takes a tenth of a second, so one serves the tests of a file
 * one after the other: close what is connected to it when the test is over.
 */
export const borrowDatabase = async (): Promise<string> => {
  const database = free.pop() ?? (await makeDatabase(inject('postgres')))
  onTestFinished(async () => {
    await database.empty()
    free.push(database)
  })
  return database.url
}
