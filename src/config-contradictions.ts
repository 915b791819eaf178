import type { ConfigValues } from './config-keys.ts'

/**
 * What settings say against each other, as sentences for operators. `isSet` says whether a key is set, also when its value is not valid, which
 * is reported elsewhere.
 */
export function findContradictions(
  values: ConfigValues,
  isSet: (key: string) => boolean,
  isLoopback: boolean,
): readonly string[] {
  const hasKey = isSet('JWT_SECRET') || isSet('JWT_JWKS_URL')
  const remedy = 'Set JWT_SECRET (at least 32 bytes, such as the output of: openssl rand -base64 32) or JWT_JWKS_URL'
  return [
    ...(values.WORKERS !== undefined && values.WORKERS !== 1 && !isSet('REDIS_URL')
      ? [
          `WORKERS is ${values.WORKERS}, and several workers need a Redis for what they tell each other. ` +
            'Set REDIS_URL, or leave WORKERS out.',
        ]
      : []),
    ...(isSet('JWT_SECRET') && isSet('JWT_JWKS_URL')
      ? ['JWT_SECRET and JWT_JWKS_URL are both set; use one of them.']
      : []),
    ...(isSet('TRUSTED_ONLY') && !isSet('TRUSTED_DOCUMENTS')
      ? ['TRUSTED_ONLY is set, and there are no trusted documents. Set TRUSTED_DOCUMENTS to the file of your frontend.']
      : []),
    ...(values.DEMO && isSet('JWT_JWKS_URL')
      ? ['DEMO is set, and Herald can sign no tokens for it, since JWT_JWKS_URL has the keys. Leave DEMO out.']
      : []),
    ...(values.DEMO && isSet('TRUSTED_ONLY')
      ? ['DEMO and TRUSTED_ONLY are both set, and the demo sends documents of its own. Leave one of them out.']
      : []),
    ...(isSet('HANDOFF_URL') !== isSet('HANDOFF_SECRET')
      ? ['HANDOFF_URL and HANDOFF_SECRET belong together: set both, or neither.']
      : []),
    ...(isSet('HANDOFF_URL') || isSet('REDIS_URL')
      ? []
      : ['HANDOFF_CATEGORIES', 'HANDOFF_TICKETS']
          .filter(isSet)
          .map((key) => `${key} is set, and there is no way to the backend. Set HANDOFF_URL or REDIS_URL.`)),
    ...(values.REDIS_CA_FILE && values.REDIS_URL?.isTls !== true
      ? ['REDIS_CA_FILE is set, but REDIS_URL does not begin with rediss.']
      : []),
    ...(!hasKey && values.NODE_ENV === 'production' ? [`Production needs a key to check tokens with. ${remedy}.`] : []),
    ...(!hasKey && values.NODE_ENV !== 'production' && !isLoopback
      ? [`HOST is ${values.HOST}, which others can reach, so a key to check tokens with is needed. ${remedy}.`]
      : []),
  ]
}
