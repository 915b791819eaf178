import type { Person } from './person.ts'
import type { Words } from './words.ts'

/** What every part of the page about a person needs. */
export interface PersonProps {
  readonly person: Person
  readonly words: Words
}
