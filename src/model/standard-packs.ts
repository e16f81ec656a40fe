/** The packs in `models/` that define the standard metrics, in the order they are read. Tools' packs implement metrics of theirs. */
export const STANDARD_PACKS = ['saas', 'product', 'satisfaction', 'delivery'] as const
