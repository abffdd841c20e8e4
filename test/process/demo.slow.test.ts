import { afterEach, describe, it } from 'vitest'
import { demoPosts } from './support/demo-posts.ts'
import { removeFolders } from './support/folder.ts'
import { endAll } from './support/program.ts'

afterEach(async () => {
  await endAll()
  removeFolders()
})

describe('sequorum demo on a foreign L1 node, five members', () => {
  it('posts batches that four of them sign', () => demoPosts({ members: 5, threshold: 4, batches: 3, within: 400_000 }))
  // q = 4 here: more have to agree than to sign.
  it('posts batches that three of them sign', () => demoPosts({ members: 5, threshold: 3, batches: 3, within: 400_000 }))
})
