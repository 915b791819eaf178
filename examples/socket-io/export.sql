-- The history of a service on Socket.IO with these tables, as lines for "herald import":
--   users (id, name), notifications (id, user_id, type, title, message, metadata, created_at, read_at),
--   tickets (id, customer_id, agent_id, subject, is_closed, created_at, customer_read_at, agent_read_at),
--   messages (id, ticket_id, sender_id, is_agent, is_internal, content, created_at)
-- Herald keeps times to the millisecond, so smaller parts are cut off here.

SELECT json_strip_nulls(json_build_object(
  'kind', 'notification', 'id', id, 'userId', user_id::text, 'type', type, 'title', title, 'body', message, 'data', metadata,
  'createdAt', date_trunc('milliseconds', created_at), 'readAt', date_trunc('milliseconds', read_at)))
FROM notifications
ORDER BY created_at, id;

SELECT json_strip_nulls(json_build_object(
  'kind', 'ticket', 'id', t.id, 'subject', subject, 'status', CASE WHEN is_closed THEN 'CLOSED' ELSE 'OPEN' END,
  'participants', json_build_array(json_build_object('id', customer.id, 'name', customer.name)),
  'assignee', CASE WHEN agent.id IS NOT NULL THEN json_build_object('id', agent.id, 'role', 'AGENT', 'name', agent.name) END,
  'createdAt', date_trunc('milliseconds', created_at)))
FROM tickets t JOIN users customer ON customer.id = t.customer_id LEFT JOIN users agent ON agent.id = t.agent_id
ORDER BY created_at, t.id;

SELECT json_strip_nulls(json_build_object(
  'kind', 'message', 'id', m.id, 'ticketId', ticket_id, 'body', content,
  'author', json_build_object('id', u.id, 'role', CASE WHEN is_agent THEN 'AGENT' ELSE 'CUSTOMER' END, 'name', u.name),
  'visibility', CASE WHEN is_internal THEN 'INTERNAL' ELSE 'PUBLIC' END,
  'createdAt', date_trunc('milliseconds', created_at)))
FROM messages m JOIN users u ON u.id = m.sender_id
ORDER BY created_at, m.id;

SELECT json_build_object(
  'kind', 'read', 'ticketId', id, 'user', json_build_object('id', customer_id),
  'readAt', date_trunc('milliseconds', customer_read_at))
FROM tickets WHERE customer_read_at IS NOT NULL;

SELECT json_build_object(
  'kind', 'read', 'ticketId', id, 'user', json_build_object('id', agent_id, 'role', 'AGENT'),
  'readAt', date_trunc('milliseconds', agent_read_at))
FROM tickets WHERE agent_read_at IS NOT NULL AND agent_id IS NOT NULL;
