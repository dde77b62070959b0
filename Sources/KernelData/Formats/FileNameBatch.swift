/// The batch in the names that publishers give their files.
enum FileNameBatch {
  /// Orion's `resnet50_4_fwd_new` and `bert_8_fb1`: the number before `fwd` or `fb`.
  static func orion(_ file: String) -> Int? {
    let words = stem(file).split(separator: "_", omittingEmptySubsequences: false)
    for (word, next) in zip(words, words.dropFirst()).reversed()
    where next.hasPrefix("fwd") || next.hasPrefix("fb") {
      if let size = size(word) { return size }
    }
    return nil
  }

  /// NeuSight's `V100_bert_large-inf-512-8.csv`: after the sequence's length, the last number.
  static func neuSight(_ file: String) -> Int? {
    let words = stem(file).split(separator: "-", omittingEmptySubsequences: false)
    guard words.count >= 4, ["inf", "train"].contains(words[words.count - 3]),
      size(words[words.count - 2]) != nil
    else { return nil }
    return size(words[words.count - 1])
  }

  /// The name without folder and endings.
  private static func stem(_ file: String) -> Substring {
    let name = file.split(separator: "/").last ?? ""
    return name.prefix { $0 != "." }
  }

  /// A batch that a kernel table holds.
  private static func size(_ word: Substring) -> Int? {
    guard !word.isEmpty, word.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let size = Int(word),
      (1...(1 << 20)).contains(size)
    else { return nil }
    return size
  }
}
