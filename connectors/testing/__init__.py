"""What connectors are tried with: the suite that each inherits, and what the sandboxes of foreign APIs share.

contract    ConnectorContract, the suite (needs pytest), with its parts rows, skills and webhooks
harness     what a test brings for it, and senders that need no waiting
memory      the smallest connector that keeps the contract, and its store
sandbox     calls and faults that every sandbox keeps · faults · clock · catalogue
http        requests and answers as plain values · server, on a loopback port
courier     what a sandbox sends by itself: deliveries of webhooks
control     /_control, for other processes · client, its other end
storefront  a shop as its people see it, for the demo · measured, a shop for the measurements
"""
