// Attachments: files that events refer to.
//
// announce    the client says name, type and size, and gets a URL that takes exactly that (or one per part, when it is larger than four)
// incoming    the key that the URL names; `complete` takes the bytes away from it, so that nothing changes after the check
// check       size, SHA-256, what the first bytes say, and a virus scanner where one is set up: ready or rejected
// room        what a workspace's files take together; rejected ones take none
// use         an event that refers to a file; kept when the file is gone
// collector   the worker's role that makes thumbnails, takes over checks, and takes away what nobody refers to
export { startFileCollector, type FileCollector } from './collect-files.ts'
export { deleteFilesOfRecipient } from './collect.repository.ts'
export { createAttachments, type Attachments } from './manage-attachments.ts'
export { createFileHandout, FileGone, linkOrigin, type FileHandout, type FileToSend } from './hand-out.ts'
export { judgeReferences } from './refer-to.ts'
