import fc, { type IAsyncPropertyWithHooks, type IPropertyWithHooks } from 'fast-check'

/** Set it to repeat a failure; each run tells its own. */
const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 2 ** 31)

/** Tries what is random, more of it by hand. What fails says with which seed to repeat it. */
export async function tryAtRandom<Values>(
  property: IAsyncPropertyWithHooks<Values> | IPropertyWithHooks<Values>,
  usual: number,
): Promise<void> {
  await fc.assert(property, { numRuns: Number(process.env['TEST_RUNS'] ?? usual), seed: SEED, endOnFailure: true })
}
