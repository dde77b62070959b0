import Hardware
import Tables

/// What `models/record/record.py` writes beside a PyTorch trace's events, under the key `gpuloom`.
public struct RecordedFacts: Hashable, Sendable {
  /// The model's name.
  public var model: String?
  /// The batch the trace was taken at.
  public var batch: Int?
  /// The precision of the operations.
  public var precision: Precision?
  /// Weights in MiB.
  public var weightsMiB: Double?
  /// Workspace and activations in MiB.
  public var workspaceMiB: Double?
  /// The software the trace was taken with.
  public var stack: String?

  static let keys = ["model", "batch", "precision", "weights_mib", "workspace_mib", "stack"]
}

extension KinetoReader {
  /// Reads the recorder's own key.
  ///
  /// - Throws: a key or value the recorder does not write.
  func readFacts() throws(InputError) {
    var facts = RecordedFacts()
    try json.enterObject()
    while try json.nextKey() {
      let key = String(decoding: json.text, as: UTF8.self)
      guard RecordedFacts.keys.contains(key) else {
        throw json.fault("unknown key '\(key)' in 'gpuloom'")
      }
      let isText = try json.scalar()
      let text = String(decoding: json.text, as: UTF8.self)
      let number = isText ? nil : decimal()?.double
      func within(_ low: Double, _ high: Double) -> Double? {
        number.flatMap { $0 >= low && $0 <= high ? $0 : nil }
      }
      var isGood = true
      switch key {
      case "model", "stack":
        isGood = isText && !text.isEmpty
        if key == "model" { facts.model = text } else { facts.stack = text }
      case "batch":
        facts.batch = within(1, 1_048_576).flatMap { Int(exactly: $0) }
        isGood = facts.batch != nil
      case "precision":
        facts.precision = isText ? Precision(rawValue: text) : nil
        isGood = facts.precision != nil
      case "weights_mib":
        facts.weightsMiB = within(0, 1e9)
        isGood = facts.weightsMiB != nil
      default:
        facts.workspaceMiB = within(0, 1e9)
        isGood = facts.workspaceMiB != nil
      }
      if !isGood {
        throw json.fault(
          "expected what the recorder writes in '\(key)', found \"\(text.prefix(40))\"")
      }
    }
    into.profile.recorded = facts
  }
}
