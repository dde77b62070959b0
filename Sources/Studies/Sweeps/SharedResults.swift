import Synchronization

/// What several runs need and one of them works out, kept until the last of them is done.
final class SharedResults<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  /// One value; whoever comes while it is worked out waits for it.
  private final class Slot: Sendable {
    let value = Mutex<Value?>(nil)
  }

  private struct State: Sendable {
    var users: [Key: Int]
    var slots: [Key: Slot] = [:]
  }

  private let state: Mutex<State>

  /// - Parameter users: how many runs will ask for each, and be done with it.
  init(users: [Key: Int]) { state = Mutex(State(users: users)) }

  /// The value of a key.
  func value(_ key: Key, _ make: () throws -> Value) rethrows -> Value {
    let slot = state.withLock { state in
      if let slot = state.slots[key] { return slot }
      let slot = Slot()
      state.slots[key] = slot
      return slot
    }
    return try slot.value.withLock { value in
      if let value { return value }
      let made = try make()
      value = made
      return made
    }
  }

  /// Notes that one of those who share it is done.
  func done(_ key: Key) {
    state.withLock { state in
      let left = (state.users[key] ?? 1) - 1
      state.users[key] = left
      if left <= 0 { state.slots[key] = nil }
    }
  }
}
