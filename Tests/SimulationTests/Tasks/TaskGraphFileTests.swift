import Hardware
import RunSupport
import TestSupport
import Testing

/// The task graphs that ship are what the maker makes (`RECORD_GOLDEN=1` writes them).
struct TaskGraphFileTests {
  private static let streets = TaskGraphMaker.mesh(side: 64, seed: 1)
  private static let friends = TaskGraphMaker.scaleFree(vertices: 4_096, edges: 8, seed: 1)
  private static let fewStreets = TaskGraphMaker.mesh(side: 24, seed: 2)
  private static let fewFriends = TaskGraphMaker.scaleFree(vertices: 512, edges: 4, seed: 2)

  private static let files: [(String, @Sendable () -> String)] = [
    (
      "atos-bfs/streets.csv",
      { TaskGraphMaker.search(streets, name: "streets", of: "a street grid of 64 x 64") }
    ),
    (
      "atos-bfs/friends.csv",
      {
        TaskGraphMaker.search(
          friends, name: "friends", of: "a scale-free graph of 4096, 8 edges each")
      }
    ),
    (
      "atos-colouring/streets.csv",
      {
        TaskGraphMaker.colouring(streets, name: "streets", of: "a street grid of 64 x 64", seed: 3)
      }
    ),
    (
      "atos-colouring/friends.csv",
      {
        TaskGraphMaker.colouring(
          TaskGraphMaker.scaleFree(vertices: 2_048, edges: 4, seed: 3), name: "friends",
          of: "a scale-free graph of 2048, 4 edges each", seed: 4)
      }
    ),
    (
      "atos-pagerank/streets.csv",
      {
        TaskGraphMaker.pageRank(
          fewStreets, rounds: 6, name: "streets", of: "a street grid of 24 x 24")
      }
    ),
    (
      "atos-pagerank/friends.csv",
      {
        TaskGraphMaker.pageRank(
          fewFriends, rounds: 6, name: "friends", of: "a scale-free graph of 512, 4 edges each")
      }
    ),
  ]

  @Test("the graphs that ship are made as they say", arguments: files.indices)
  func made(number: Int) throws {
    let (name, make) = Self.files[number]
    let text = make()
    #expect(Golden.difference("../../Experiments/" + name, text) == nil)
    let graph = try TaskGraph.read(text: text, file: name)
    #expect(graph.frontiers.reduce(0) { $0 + $1.count } == graph.work.count)
    #expect(graph.work.count > 2_000 && graph.frontiers.count > 3)
  }
}
