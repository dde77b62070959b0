import Hardware
import Simulation
import Tables

/// The GPU and the testbed: names, or objects of a name (`base`) and constants that differ from it.
extension ExperimentReader {
  /// A name and what is changed of what it means.
  private struct Base {
    var name: String
    var place: NamePlace
    var changes: [JSONNode.Member] = []
  }

  mutating func readGPU(_ fields: inout FieldReader) -> GPUSpec? {
    guard let base = readBase("gpu", &fields) else { return nil }
    let found = attempt(
      at: base.place,
      { [library] () throws(InputError) in try library.gpu(base.name, at: base.place) })
    guard let gpu = found else { return nil }
    let file = input("gpu", base.name, folder: "gpus/\(gpu.name).json", base.place)
    note(file)
    if base.changes.isEmpty { return gpu }
    return attempt(at: base.place) { [own = self.file] () throws(InputError) in
      // Tables are found by the GPU's name, which therefore stays.
      try GPUSpec.read(Self.changed(file.path, base.changes), file: own)
    }
  }

  mutating func readTestbed(_ fields: inout FieldReader) -> Testbed? {
    guard let base = readBase("testbed", &fields) else { return nil }
    let found = attempt(
      at: base.place,
      { [library] () throws(InputError) in try library.testbed(base.name, at: base.place) })
    guard let testbed = found else { return nil }
    let file = input("testbed", base.name, folder: "testbeds/\(testbed.name).json", base.place)
    note(file)
    if base.changes.isEmpty { return testbed }
    var changed = attempt(at: base.place) { [own = self.file] () throws(InputError) in
      try Testbed.read(Self.changed(file.path, base.changes), file: own)
    }
    let words = base.changes.map { "\($0.name)=\($0.node.json)" }.joined(separator: ",")
    changed?.name = "\(testbed.name)(\(words))"
    return changed
  }

  private mutating func readBase(_ key: String, _ fields: inout FieldReader) -> Base? {
    guard let node = fields.optional(key), case .object = node.value else {
      return word(key, &fields).map { Base(name: $0.text, place: $0.place) }
    }
    var inner = FieldReader(node, file: file, what: "'\(key)'")
    let name = word("base", &inner)
    let changes = inner.remaining()
    for member in changes where member.name == "format" || member.name == "name" {
      inner.fault(member.node, "'\(member.name)' cannot differ from that of the 'base'")
    }
    let found = inner.finish()
    faults += found
    guard found.isEmpty, let name else { return nil }
    return Base(name: name.text, place: name.place, changes: changes)
  }

  /// A catalogue file's value with some members in place of its own, whose sources say so.
  private static func changed(
    _ path: String, _ changes: [JSONNode.Member]
  ) throws(InputError) -> JSONNode {
    var node = try JSONReader.node(at: path)
    guard case .object(var members) = node.value else { return node }
    func put(_ member: JSONNode.Member, in list: inout [JSONNode.Member]) {
      if let at = list.firstIndex(where: { $0.name == member.name }) {
        list[at] = member
      } else {
        list.append(member)
      }
    }
    for change in changes { put(change, in: &members) }
    if let at = members.firstIndex(where: { $0.name == "sources" }),
      case .object(var sources) = members[at].node.value
    {
      for change in changes {
        var source = change
        source.node.value = .string("assumed: set in the experiment")
        put(source, in: &sources)
      }
      members[at].node.value = .object(sources)
    }
    node.value = .object(members)
    return node
  }
}
