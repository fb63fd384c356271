// Which documents carry a word for those who mistype it (weaviate-schema.ts, `near`). One a day is enough: what a word is found by are some
// twenty others, and in every document they were half of what an index had to be told.

const dayMs = 86_400_000
/** Words that are remembered, of all collections together; then it begins anew, and some are carried twice. */
const most = 50_000

interface Carrier {
  day: number
  id: string
}

/** A document as far as it matters here. */
interface Dated {
  id: string
  at: Date
}

export interface WordCarriers {
  /**
   * Those of these words that this document is to carry in this place (a collection's tenant): those that no other document of its day does,
   * as far as this process knows. Days are those of the documents, not of the clock: what is deleted by its age goes with its days, so that
   * a word is carried as long as some document has it. The same document put again carries what it did.
   */
  carriedBy(place: string, document: Dated, words: Iterable<string>): string[]
}

export function createWordCarriers(): WordCarriers {
  const carriers = new Map<string, Carrier>()
  return {
    carriedBy(place, { id, at }, words) {
      const day = Math.floor(at.getTime() / dayMs)
      return [...words].filter((word) => {
        const key = `${place} ${word}`
        const carrier = carriers.get(key)
        if (carrier?.day === day) return carrier.id === id
        if (carriers.size >= most) carriers.clear()
        carriers.set(key, { day, id })
        return true
      })
    },
  }
}
