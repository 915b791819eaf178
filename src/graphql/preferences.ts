import { knownOr } from '../delivery/compile.ts'
import type { WithQuietHours } from '../preferences/quiet-hours.ts'
import { requireViewer } from './context.ts'
import type { MutationResolvers, PreferencesResolvers, QueryResolvers } from './generated.ts'

/** Resolvers for preferences: how users want to be told. */
export const preferenceResolvers = {
  Query: {
    preferences: (_root, _args, context) => context.preferences.read(requireViewer(context)),
  } satisfies QueryResolvers,
  Preferences: {
    quietHours: knownOr(
      ({ quietHours }: Partial<WithQuietHours>) => quietHours,
      (_preferences, _args, context) => context.preferences.quietHours(requireViewer(context)),
    ),
  } satisfies PreferencesResolvers,
  Mutation: {
    setPreference: async (_root, input, context) => ({
      preferences: await context.preferences.set(requireViewer(context), input),
    }),
    setQuietHours: async (_root, { input }, context) => ({
      preferences: await context.preferences.setQuietHours(requireViewer(context), input ?? null),
    }),
  } satisfies MutationResolvers,
}
