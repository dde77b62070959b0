import Hardware
import Tables

/// What stands beside the events of a PyTorch trace.
extension KinetoReader {
  /// Reads `deviceProperties`.
  func readDevices() throws(InputError) {
    try json.enterArray()
    while try json.nextElement() {
      var device = ProfileDevice(id: "")
      var capability = (major: "", minor: "")
      try json.enterObject()
      while try json.nextKey() {
        let key = json.textString
        let first = try json.peekByte()
        if first == UInt8(ascii: "[") || first == UInt8(ascii: "{") {
          try json.skip()
          continue
        }
        let isText = try json.scalar()
        switch key {
        case "id": device.id = json.textString
        case "name": device.name = json.textString
        case "computeMajor": capability.major = json.textString
        case "computeMinor": capability.minor = json.textString
        default:
          if !isText, let value = decimal()?.scaled(by: 0) { device.set(key, value) }
        }
      }
      // AMD reports its gfx number there, which is no compute capability of CUDA's.
      if !capability.major.isEmpty, device.warpSize != 64 {
        device.computeCapability = capability.major + "." + capability.minor
      }
      into.describe(device)
    }
  }

  /// Reads the recorder's own key.
  ///
  /// - Throws: a key or value the recorder does not write.
  func readFacts() throws(InputError) {
    var facts = RecordedFacts()
    try json.enterObject()
    while try json.nextKey() {
      let key = json.textString
      guard RecordedFacts.keys.contains(key) else {
        throw json.fault("unknown key '\(key)' in 'gpuloom'")
      }
      let isText = try json.scalar()
      let text = json.textString
      let number = isText ? nil : decimal()?.double
      func within(_ low: Double, _ high: Double) -> Double? {
        number.flatMap { $0 >= low && $0 <= high ? $0 : nil }
      }
      /// Takes a value; false where it is none.
      func take<Value>(_ fact: WritableKeyPath<RecordedFacts, Value?>, _ value: Value?) -> Bool {
        facts[keyPath: fact] = value
        return value != nil
      }
      let isGood =
        switch key {
        case "model": take(\.model, isText && !text.isEmpty ? text : nil)
        case "stack": take(\.stack, isText && !text.isEmpty ? text : nil)
        case "batch": take(\.batch, within(1, 1_048_576).flatMap { Int(exactly: $0) })
        case "precision": take(\.precision, isText ? Precision(rawValue: text) : nil)
        case "weights_mib": take(\.weightsMiB, within(0, 1e9))
        default: take(\.workspaceMiB, within(0, 1e9))
        }
      if !isGood {
        throw json.fault(
          "expected what the recorder writes in '\(key)', found \"\(text.prefix(40))\"")
      }
    }
    into.profile.recorded = facts
  }
}
