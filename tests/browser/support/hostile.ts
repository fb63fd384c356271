// Strings that become something else where a page takes them for markup, a template or an address.
export const hostile = [
  '<img src=x data-xss onerror="window.xss=1">',
  '"><script data-xss>window.xss=1</script>',
  '\'"><svg data-xss onload=window.xss=1>',
  '</title></textarea><style data-xss>*{display:none}</style>',
  '<a data-xss href="javascript:window.xss=1">x</a>',
  '{{constructor.constructor("window.xss=1")()}}',
  'javascript:window.xss=1',
  '<iframe data-xss srcdoc="<script>parent.xss=1</script>"></iframe>',
  '<math><mtext></mtext><mglyph data-xss><img src onerror=window.xss=1>',
  '`${window.xss=1}`',
].join(' ')
/** The same where blanks are not allowed. */
export const hostileId = '"><img/src=x/data-xss/onerror=window.xss=1>'
