import type { Role, Viewer } from '../../src/auth/viewer.ts'

/** A user without a name whose token never expires: a customer, or of another role. */
export function viewer(userId: string, role: Role = 'CUSTOMER'): Viewer {
  return {
    userId,
    role,
    name: null,
    avatarUrl: null,
    expiresAt: Number.MAX_SAFE_INTEGER,
  }
}
