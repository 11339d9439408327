"""A result in words: sentences made from its numbers, and the checker that holds any sentence against them.

``evidence`` gathers what may be said of one comparison, ``template`` says it, ``check`` judges sentences of anybody.
"""
