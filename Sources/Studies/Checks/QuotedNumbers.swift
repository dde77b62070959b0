import Reports
import Tables

/// The numbers that a page written by hand quotes from pages of figures.
///
/// In a paragraph, a list item or a table's row that names an experiment's folder or its
/// `figures.md`, every number with a decimal point must be one that this page has, rounded as it is
/// quoted. Rows that name none belong to what the paragraph before their table names. What stands
/// between backticks or is indented as code is no quotation.
package struct QuotedNumbers {
  /// A number that no page has.
  package struct Miss {
    package var line: Int
    package var number: String
    /// The pages it should be on.
    package var pages: [String]
  }

  /// How many numbers were looked for.
  package private(set) var count = 0
  package private(set) var misses: [Miss] = []

  private let base: String
  private var pages: [String: [Double]] = [:]
  /// What the paragraph before the present table names.
  private var before: [String] = []

  /// Looks for every number that the file quotes.
  ///
  /// - Throws: `InputError` where the file, or a page that it quotes, cannot be read.
  package init(_ path: String) throws(InputError) {
    base = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    var block: [(line: Int, text: Substring)] = []
    var isCode = false
    let lines = try InputFile.text(at: path).lines
    for (i, line) in lines.enumerated() {
      let start = line.drop { $0 == " " }
      if start.hasPrefix("```") { isCode.toggle() }
      let isItem = start.hasPrefix("|") || start.hasPrefix("- ") || start.hasPrefix("#")
      if start.isEmpty || isItem || isCode {
        try judge(block)
        block = []
      }
      if !isCode, !line.hasPrefix("    "), !start.isEmpty { block.append((i + 1, line)) }
    }
    try judge(block)
  }

  private mutating func judge(
    _ block: [(line: Int, text: Substring)]
  ) throws(InputError) {
    guard let first = block.first else { return }
    var named: [String] = []
    for (_, text) in block {
      for word in text.split(whereSeparator: { " `()[]|,;:".contains($0) }) {
        var folder = base + word
        if folder.hasSuffix(FiguresPage.name) { folder.removeLast(FiguresPage.name.utf8.count) }
        if folder.isEmpty { folder = "." }
        while folder.hasSuffix("/") { folder.removeLast() }
        guard word == FiguresPage.name || word.contains("/"),
          FiguresFolder.isOne(folder)
        else { continue }
        let page = folder + "/" + FiguresPage.name
        if !named.contains(page) { named.append(page) }
      }
    }
    let isRow = first.text.hasPrefix("|")
    if named.isEmpty, isRow { named = before }
    if !isRow { before = named }
    if named.isEmpty { return }
    var known: [Double] = []
    for page in named { known += try numbers(of: page) }
    for (line, text) in block {
      for number in Self.decimals(Self.withoutCode(text)) {
        count += 1
        let digits = number.split(separator: ".")[1].utf8.count
        if !known.contains(where: { NumberText.fixed($0, digits) == number }) {
          misses.append(Miss(line: line, number: number, pages: named))
        }
      }
    }
  }

  private mutating func numbers(of page: String) throws(InputError) -> [Double] {
    if let known = pages[page] { return known }
    var found: [Double] = []
    guard InputFolder.exists(page) else {
      let folder = page.dropLast(FiguresPage.name.utf8.count + 1)
      throw InputError(
        kind: .missingFile,
        Diagnostic(
          file: page, message: "there is no such page to quote from",
          hint: "'gpuloom check --update \(folder.isEmpty ? "." : folder)' writes it"))
    }
    let text = try InputFile.text(at: page)
    for word in text.split(whereSeparator: { !$0.isASCII || !($0.isNumber || $0 == ".") }) {
      if let number = Double(word) { found.append(number) }
    }
    pages[page] = found
    return found
  }

  private static func withoutCode(_ text: Substring) -> String {
    text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 0 }.map { String($0.element) }.joined(separator: " ")
  }

  /// Words of digits with one point between them.
  private static func decimals(_ text: String) -> [String] {
    text.split(whereSeparator: { !$0.isASCII || !($0.isNumber || $0 == ".") }).compactMap { word in
      var word = word
      while word.last == "." { word.removeLast() }
      let parts = word.split(separator: ".", omittingEmptySubsequences: false)
      return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } ? String(word) : nil
    }
  }
}
