import { requireViewer } from './context.ts'
import type { MutationResolvers, QueryResolvers } from './generated.ts'

/** Resolvers for preferences: how users want to be told. */
export const preferenceResolvers = {
  Query: {
    preferences: (_root, _args, context) => context.preferences.read(requireViewer(context)),
  } satisfies QueryResolvers,
  Mutation: {
    setPreference: async (_root, input, context) => ({
      preferences: await context.preferences.set(requireViewer(context), input),
    }),
  } satisfies MutationResolvers,
}
