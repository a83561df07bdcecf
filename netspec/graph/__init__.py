"""A spec resolved: every name looked up, every shape known, in an order that can be run."""

from netspec.graph.graph import Graph as Graph
from netspec.graph.graph import Group as Group
from netspec.graph.graph import Node as Node
from netspec.graph.graph import Ref as Ref
from netspec.graph.load import load as load
from netspec.graph.resolve import resolve as resolve
from netspec.spec import Input as Input
