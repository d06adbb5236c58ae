// Package wim reads Windows Imaging files, edits one image of them by
// appending, and builds small new ones.
//
// Editing never rewrites a blob: the base's bytes are copied as they stand,
// then new blobs, the changed metadata, the lookup table and the XML follow,
// and the header comes last, so that an unfinished file has a zero header that
// every reader rejects. What is not edited keeps its raw directory entry:
// attributes, times, short name, descriptor, streams, reparse data and links.
// The same base and the same edits give the same bytes on any machine.
//
// It reads uncompressed, XPRESS (chunks of 4 to 64 KiB) and LZX files (32 KiB to
// 2 MiB). It refuses, naming the command that converts: solid (ESD, LZMS), other
// chunk sizes, split (SWM), pipable and unfinished files, and files encrypted
// with EFS. What an edit appends is stored uncompressed beside what is
// compressed. Every resource that is read is checked by its SHA-1; the integrity
// table, which edited files lose, is checked when asked (VerifyIntegrity).
//
// Split lays a file out in parts (SWM), which this package itself does not read.
//
// The format is known from Microsoft's "Windows Imaging File Format" white
// paper, from [MS-XCA] (XPRESS) and from wimlib's headers. Nothing here ever
// met a real Windows.
package wim
