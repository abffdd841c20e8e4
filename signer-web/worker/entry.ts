/**
 * Entry of the worker: the page reaches its verbs through comlink and nothing else.
 * @module
 */
import { expose } from 'comlink'
import { createVerbs } from './verbs.ts'

expose(createVerbs(self.location.href))
