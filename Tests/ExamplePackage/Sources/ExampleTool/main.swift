import Commands
import Policies

GPULoom.main(policies: .builtIn.adding([PriorityGatePolicy.self]))
