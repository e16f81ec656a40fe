/** From the one that may least to the one that may most. */
export const ROLES = ['viewer', 'editor', 'admin'] as const

/** `viewer` reads; `editor` also records, saves and uploads; `admin` may do everything. */
export type Role = (typeof ROLES)[number]

export function mayActAs(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed)
}

/** Who asks. */
export interface Caller {
  readonly role: Role
  /** Null for whoever came without a key. */
  readonly keyId: string | null
}
