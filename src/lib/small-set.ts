/**
 * A set that takes little memory while it has one item at most, for when there are thousands of sets. A `Set` is made only for a second
 * item. Adding and deleting take the same time however many items there are.
 */
export class SmallSet<Item extends object> {
  #only: Item | undefined
  #many: Set<Item> | undefined

  get size(): number {
    return this.#many?.size ?? (this.#only ? 1 : 0)
  }

  add(item: Item): void {
    if (this.#many) this.#many.add(item)
    else if (!this.#only) this.#only = item
    else if (this.#only !== item) {
      this.#many = new Set([this.#only, item])
      this.#only = undefined
    }
  }

  /** Removes an item. Returns false when it was not in the set. */
  delete(item: Item): boolean {
    if (this.#many) return this.#many.delete(item)
    if (this.#only !== item) return false
    this.#only = undefined
    return true
  }

  /** Whether `isSo` is true of at least one item. */
  some(isSo: (item: Item) => boolean): boolean {
    return this.#many ? this.#many.values().some(isSo) : this.#only !== undefined && isSo(this.#only)
  }

  /** The items in the order in which they were added. In a set of several, an item that is deleted during the iteration is skipped. */
  values(): IteratorObject<Item> {
    return this.#many?.values() ?? (this.#only ? [this.#only] : []).values()
  }
}
