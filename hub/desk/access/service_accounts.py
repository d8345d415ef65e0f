"""Administration of service accounts, by persons only: programs have no session."""

from hub.access.authorization import Authorization
from hub.access.own_role import check_giver
from hub.access.permissions import Permission, granted_by
from hub.desk.access.service_keys import NewServiceOut, ServiceIn, ServiceOut, Services, may_make, service_out
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.organisation.centre import Centre
from hub.kernel.errors import RefusedError


@endpoint("GET", "/api/services", Permission.MANAGE_OPERATORS)
async def services(authorization: Authorization, services: Services, call: Call) -> list[ServiceOut]:
    """Service accounts of one's centres, with their last use."""
    return await _seen(authorization, services, call)


@endpoint("POST", "/api/services", Permission.MANAGE_OPERATORS)
async def add_service(authorization: Authorization, services: Services, centre: Centre, call: Call, body: ServiceIn) -> NewServiceOut:
    """Open a service account; its key is shown here only."""
    by = call.sign_in.login  # a person
    if not may_make(call.who):
        raise RefusedError("forbidden", "Аварийный вход ключей не выдаёт: они живут дольше него.")
    if unknown := set(body.queues) - {queue.id for queue in centre.queues}:
        raise RefusedError("no_such_queue", f"Нет таких очередей: {', '.join(sorted(unknown))}.")
    if not authorization.covers_all(call.who, body.queues):
        raise RefusedError("forbidden", "Линии другого центра даёт его администратор.")
    check_giver(call.who, granted_by(body.role).intersection(body.scopes))
    made, key = await services.add(body, by)
    return NewServiceOut(service_out(made), key)


@endpoint("DELETE", "/api/services/{service}", Permission.MANAGE_OPERATORS)
async def revoke_service(services: Services, authorization: Authorization, call: Call, service: str) -> None:
    """Revoke a key: invalid from the next request on."""
    by = call.sign_in.login
    if service not in [each.name for each in await _seen(authorization, services, call)]:
        raise RefusedError("no_service", "Такой служебной учётной записи нет.")
    await services.revoke(service, by)


@endpoint("POST", "/api/services/{service}/take", Permission.MANAGE_OPERATORS)
async def take_service(services: Services, authorization: Authorization, call: Call, service: str) -> ServiceOut:
    """Become responsible for another administrator's key: it is then not revoked with their account."""
    by = call.sign_in.login
    if not may_make(call.who):
        raise RefusedError("forbidden", "Аварийный вход ключей не принимает: они живут дольше него.")
    if service not in [each.name for each in await _seen(authorization, services, call)]:
        raise RefusedError("no_service", "Такой служебной учётной записи нет.")
    key = next(each for each in await services.listed() if each.name == service)
    check_giver(call.who, granted_by(key.role).intersection(key.opens))
    return service_out(await services.take(service, by))


async def _seen(authorization: Authorization, services: Services, call: Call) -> list[ServiceOut]:
    return [each for each in await services.listed() if authorization.covers_all(call.who, each.queues)]


ENDPOINTS = (services, add_service, revoke_service, take_service)
