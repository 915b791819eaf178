import type { HandOffStats } from '../../handoff/handoff.ts'
import type { Families } from './families.ts'

/** Adds the metrics of hand-off: what was due, and what became of the events that told the backend. */
export function addHandOffMetrics(
  { counters, gauge }: Families,
  { due, sent, failed, dead, oldestMs }: HandOffStats,
): void {
  counters('handoff_due_total', 'Events that were made because nobody saw something in time.', 'kind', due)
  counters('handoff_sent_total', 'Events that the backend has taken.', 'exit', sent)
  counters('handoff_failed_total', 'Attempts to send an event that failed.', 'exit', failed)
  counters('handoff_dead_total', 'Events that were given up after a day.', 'exit', dead)
  gauge('handoff_oldest_seconds', 'The age of the oldest event that was not sent.', async () => {
    const ms = await oldestMs()
    return ms === undefined ? 0 : ms / 1_000
  })
}
